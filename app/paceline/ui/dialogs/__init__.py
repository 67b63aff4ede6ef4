"""What asks the operator: modal screens that return an answer."""
