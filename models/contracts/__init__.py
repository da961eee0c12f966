"""The register of contracts, from its files to its renewal."""
