"""What daily work shows of learning, without a study: curves, lessons by the toss of a coin, alarms."""
