"""What is done before the service starts loads no Prefect: it would go by the settings of before."""

import os
import subprocess
import sys

PROGRAM = """
import sys
from flows.commands.starting import Ports, clean_up, open_database, prepared
clean_up()
open_database()
service = prepared(Ports(None, 0), 2, 1, set())
service.listener.close()
print("prefect" in sys.modules)
"""


def test_prefect_is_loaded_after_the_service_has_said_where_its_server_is(home):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[-1] == "False"
