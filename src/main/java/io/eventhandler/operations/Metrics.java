package io.eventhandler.operations;

import io.eventhandler.access.Access;
import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.lifecycle.Part;
import io.eventhandler.web.Caller;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Routes;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.stream.IntStream;

/** The metrics of this replica, its JVM and its process; answers {@code GET /metrics} with them. Thread-safe. */
public final class Metrics implements Endpoint, Part {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** All times of the service are counted in these. */
    private static final double[] TIMES = IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
            .mapToDouble(millis -> millis * 1e6) // Micrometer's are in nanoseconds
            .toArray();

    /** All sizes of the service are counted in these: of batches, in events or messages. */
    private static final double[] SIZES = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    public Metrics() {
        registry.config().meterFilter(new Buckets());
    }

    /** Counts in buckets what the service measures, so that quantiles can be taken over all replicas. */
    private static final class Buckets implements MeterFilter {

        @Override
        public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
            if (!id.getName().startsWith("eventhandler.")) {
                return config;
            }
            double[] bounds = id.getType() == Meter.Type.TIMER ? TIMES : SIZES;
            return DistributionStatisticConfig.builder()
                    .serviceLevelObjectives(bounds)
                    .build()
                    .merge(config);
        }
    }

    /** Where each part registers what it measures. */
    public MeterRegistry registry() {
        return registry;
    }

    @Override
    public void start() {
        new JvmInfoMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/metrics", context -> {
            Access.check(Caller.of(context, Principal.class), Action.ADMIN);
            context.contentType(PROMETHEUS_TEXT).result(registry.scrape(PROMETHEUS_TEXT));
        });
    }

    @Override
    public void stop() {
        garbageCollection.close();
        registry.close();
    }
}
