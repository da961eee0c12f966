"""The register of delegations: kept, changed, its effects seen before, its papers."""
