"""What stands beside every result: method, environment, warnings in brief."""
