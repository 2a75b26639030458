"""Changes that AWS Config recorded, month by month: what is counted, what is usual, what stands out."""
