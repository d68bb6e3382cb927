"""What stands beside every result: findings, method, environment, warnings in brief."""
