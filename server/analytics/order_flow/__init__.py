"""Order-flow imbalance of the best levels, and the aggressors' volume."""
