"""The ports `EventPublisher` and `DoorClock` over EventBridge, SQS and EventBridge Scheduler."""
