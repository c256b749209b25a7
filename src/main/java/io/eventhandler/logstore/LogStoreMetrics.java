package io.eventhandler.logstore;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

/** What the store of services' logs takes and holds. */
public final class LogStoreMetrics implements MeterBinder {

    private final LogWriter writer;
    private final @Nullable LogUpkeep upkeep;

    /**
     * @param upkeep null when another process does it
     */
    public LogStoreMetrics(LogWriter writer, @Nullable LogUpkeep upkeep) {
        this.writer = writer;
        this.upkeep = upkeep;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("eventhandler.log.records.stored", writer, LogWriter::stored)
                .description("Log records of services that were stored")
                .register(registry);
        FunctionCounter.builder("eventhandler.log.records.failed", writer, LogWriter::failed)
                .description("Log records of services that could not be stored, whose senders were told so")
                .register(registry);
        Gauge.builder("eventhandler.log.queue", writer, LogWriter::queuedBytes)
                .description("Log records of services that wait to be stored")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("eventhandler.log.queue.capacity", writer, LogWriter::queueCapacity)
                .description("Log records of services that may wait to be stored, beyond it senders are answered 503")
                .baseUnit("bytes")
                .register(registry);
        if (upkeep != null) {
            Gauge.builder("eventhandler.log.store", upkeep, LogUpkeep::storedBytes)
                    .description("What the logs of services take on disk, with their indexes; asked for now and then")
                    .baseUnit("bytes")
                    .register(registry);
        }
    }
}
