"""What a person reads, one file per page of portal/ and its twin on the command line."""
