"""What fails, and for how long, while certificates change: a steady load on both APIs during each change."""
