"""A synthetic county that delivers its feeds over real transports; its truth is kept apart."""
