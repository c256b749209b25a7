package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.UrlParser;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the measures, all or those named as arguments, and prints a markdown table. Uses {@code DATABASE_URL}, which should
 * be an empty database, or an embedded PostgreSQL in a temporary directory. All of them take about eight minutes.
 */
public final class Bench {

    /** What a run works on: a database, how to read its server's CPU time if it is on this machine, and the results. */
    record Run(DatabaseUrl url, @Nullable PostgresCpu postgres, Table table) {}

    @FunctionalInterface
    private interface Measure {
        void run(Run run) throws Exception;
    }

    private record Named(String name, Measure measure) {}

    private static final List<Named> MEASURES = List.of(
            new Named("start", StartBench::measure),
            new Named("publish", PublishBench::measure),
            new Named("fanout", FanOutBench::measure),
            new Named("nonreaders", FanOutBench::measureNonReaders),
            new Named("resume", ResumeBench::measure),
            new Named("latency", LatencyBench::measure),
            new Named("memory", MemoryBench::measure),
            new Named("access", AccessBench::measure),
            new Named("client", ClientBench::measure),
            new Named("replicas", ReplicaBench::measure),
            new Named("micro", MicroBench::measure));

    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        Set<String> chosen = Set.copyOf(Arrays.asList(arguments));
        List<String> names = MEASURES.stream().map(Named::name).toList();
        if (!names.containsAll(chosen)) {
            System.err.println("the measures are " + String.join(" ", names));
            System.exit(2);
        }
        String configured = System.getenv("DATABASE_URL");
        if (configured != null) {
            run(new Run(UrlParser.parse(configured), null, new Table()), chosen);
            return;
        }
        try (var postgres = new TemporaryPostgres()) {
            run(new Run(postgres.url(), new PostgresCpu(postgres.data()), new Table()), chosen);
        }
    }

    private static void run(Run run, Set<String> chosen) throws Exception {
        run.table().progress("training the ahead-of-time cache");
        AotCache.train(run.url());
        for (Named named : MEASURES) {
            if (chosen.isEmpty() || chosen.contains(named.name())) {
                run.table().progress(named.name());
                named.measure().run(run);
            }
        }
        run.table().print();
    }
}
