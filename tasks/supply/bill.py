"""The bill of materials of the product (SBOM), as CycloneDX 1.6 JSON: what it is built from, down to each file's hash.

The same lock file gives the same bytes. Source: CycloneDX 1.6 (ECMA-424).
"""

import json
from importlib import metadata
from uuid import NAMESPACE_URL, uuid5

from tasks.supply.licences import UNKNOWN, licence_of
from tasks.supply.packages import PRODUCT, Package, requirements

FORMAT, VERSION = "CycloneDX", "1.6"


def bill(packages: list[Package]) -> str:
    """Return the bill of materials of the pinned packages."""
    names = {package.name: purl(package) for package in packages}
    content = {
        "$schema": f"http://cyclonedx.org/schema/bom-{VERSION}.schema.json",
        "bomFormat": FORMAT,
        "specVersion": VERSION,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": PRODUCT,
                "name": PRODUCT,
                "version": metadata.version(PRODUCT),
                "licenses": [{"expression": licence_of(PRODUCT)}],
            }
        },
        "components": [_component(package) for package in packages],
        "dependencies": [
            {
                "ref": PRODUCT,
                "dependsOn": sorted({names[one] for one in requirements(PRODUCT) if one in names}),
            },
            *(
                {
                    "ref": purl(package),
                    "dependsOn": sorted({names[one] for one in requirements(package.name) if one in names}),
                }
                for package in packages
            ),
        ],
    }
    serial = uuid5(NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return json.dumps({**content, "serialNumber": f"urn:uuid:{serial}"}, ensure_ascii=False, indent=2) + "\n"


def purl(package: Package) -> str:
    """Return the package URL of a pinned package (https://github.com/package-url/purl-spec)."""
    return f"pkg:pypi/{package.name}@{package.version}"


def _component(package: Package) -> dict[str, object]:
    files = [
        {"type": "distribution", "url": purl(package), "hashes": [{"alg": "SHA-256", "content": digest}]}
        for digest in package.hashes
    ]
    licence = licence_of(package.name) or UNKNOWN
    return {
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
        "scope": "required" if package.is_runtime else "excluded",
        "licenses": [{"license": {"name": licence}}],
        "externalReferences": files,
    }
