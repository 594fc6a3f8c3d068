"""A recording's gaps, losses and latencies: computed by playing the recording, and shown as one page and as JSON."""
