"""What a campaign found: named once, counted, kept between runs."""
