"""The command `achats`: one line per command, each loaded only when it is called."""

import sys

from flows.commands.application import application, run

COMMANDS = {
    # data that comes in
    "importer organisation": "flows.commands.importing:organisation",
    "importer depenses": "flows.commands.importing:depenses",
    "importer contrats": "flows.commands.importing:contrats",
    # law
    "procedure": "flows.commands.law:procedure",
}

app = application(COMMANDS)


def main() -> None:
    """Run the command line and leave with its exit code (0 done, 1 failed, 2 refused)."""
    sys.exit(run(app, sys.argv[1:]))


if __name__ == "__main__":
    main()
