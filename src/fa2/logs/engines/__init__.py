"""Where one machine is not enough: lines counted by Athena, Spark and CloudWatch, and their counts as patterns."""
