"""The flow of cost: from pools through towers and services to consumers, node by node."""
