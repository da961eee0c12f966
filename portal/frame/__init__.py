"""What every page shares: drawing, forms, who may enter, turns."""
