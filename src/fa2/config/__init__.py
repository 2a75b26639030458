"""Settings: from the environment, from fa2.toml and from flags. Together with wiring the only reader of them."""
