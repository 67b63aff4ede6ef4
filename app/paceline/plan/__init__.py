"""Pure plans: order, batches, pace, forecast, and what a line may do."""
