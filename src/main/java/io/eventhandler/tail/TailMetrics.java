package io.eventhandler.tail;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;

/** How far a tail is. Asks nobody else: the head is the newest that the tail was told of. */
public final class TailMetrics implements MeterBinder {

    private final EventTail tail;

    public TailMetrics(EventTail tail) {
        this.tail = tail;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("eventhandler.log.head", tail, EventTail::head)
                .description("Id of the newest event in the log that this replica was told of")
                .register(registry);
        Gauge.builder("eventhandler.tail.position", tail, EventTail::position)
                .description("Id of the last event that was handed to this replica's subscribers")
                .register(registry);
        Gauge.builder("eventhandler.tail.lag.events", tail, EventTail::behindBy)
                .description("Events in the log that were not handed to this replica's subscribers yet")
                .baseUnit("events")
                .register(registry);
        FunctionCounter.builder("eventhandler.log.resets", tail, EventTail::resets)
                .description(
                        "How often this replica's clients were told to begin anew, because events were lost or removed")
                .register(registry);
        TimeGauge.builder(
                        "eventhandler.tail.lag.seconds",
                        tail,
                        TimeUnit.NANOSECONDS,
                        tail -> tail.behindFor().toNanos())
                .description("For how long this replica has known of an event that its subscribers were not handed")
                .register(registry);
    }
}
