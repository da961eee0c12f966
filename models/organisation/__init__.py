"""The group: its houses, its people, found by what others write."""
