package io.eventhandler.limits;

import io.eventhandler.web.ApiException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;

/** Counts what a limit refuses. Thread-safe. */
public final class Limited {

    private final Counter counter;

    /**
     * @param limit its name
     */
    public Limited(MeterRegistry registry, String limit) {
        this.counter = Counter.builder("eventhandler.limited")
                .description("What was refused because one client had its share")
                .tag("limit", limit)
                .register(registry);
    }

    /** One more is refused, for so long. */
    public ApiException refusal(String message, Duration retryAfter) {
        counter.increment();
        return new ApiException(429, message, retryAfter);
    }
}
