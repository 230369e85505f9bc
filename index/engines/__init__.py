"""Libraries on engines that exist: the engine proposes passages, and what they score is worked out here, from what it stores."""
