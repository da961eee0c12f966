"""Who enters, how she proves it, what is kept secret."""
