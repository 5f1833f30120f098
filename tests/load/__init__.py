"""Many streams at once. `make load` runs a thousand; the tests run a hundred."""
