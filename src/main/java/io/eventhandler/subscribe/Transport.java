package io.eventhandler.subscribe;

/** How events travel to a subscriber. */
enum Transport {
    WEBSOCKET,
    SSE
}
