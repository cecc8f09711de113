"""What stands in the addresses of each area, for the matrix of who gets in where."""
