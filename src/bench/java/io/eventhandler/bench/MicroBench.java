package io.eventhandler.bench;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The parser, the frame encoder and the subscription index, by JMH: nanoseconds and bytes per event. */
final class MicroBench {

    private MicroBench() {}

    static void measure(Bench.Run run) throws RunnerException {
        var options = new OptionsBuilder()
                .include("io\\.eventhandler\\..*Benchmark")
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(4)
                .measurementTime(TimeValue.milliseconds(400))
                .timeUnit(TimeUnit.NANOSECONDS)
                .addProfiler("gc")
                .verbosity(VerboseMode.SILENT)
                .jvmArgsAppend("-XX:+UseCompactObjectHeaders", "--sun-misc-unsafe-memory-access=allow")
                .build();
        for (RunResult result : new Runner(options).run()) {
            var time = result.getPrimaryResult();
            var allocated = Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm"));
            run.table()
                    .row(
                            "JMH: " + name(result.getParams()),
                            "%,.0f ± %,.0f ns, %,.0f bytes allocated"
                                    .formatted(time.getScore(), time.getScoreError(), allocated.getScore()));
        }
    }

    /** With the values of its parameters, if it has any. */
    private static String name(BenchmarkParams benchmark) {
        var name = new StringBuilder(benchmark.getBenchmark().replaceFirst("^.*\\.(\\w+\\.\\w+)$", "$1"));
        for (String key : benchmark.getParamsKeys()) {
            name.append(", %s = %s".formatted(key, benchmark.getParam(key)));
        }
        return name.toString();
    }
}
