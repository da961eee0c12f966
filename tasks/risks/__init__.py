"""The register of risks, how they climb, how they ring."""
