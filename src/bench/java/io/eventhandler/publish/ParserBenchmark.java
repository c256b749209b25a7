package io.eventhandler.publish;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a request to its events, of 200 bytes each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
public class ParserBenchmark {

    private static final int BATCH = 100;
    private static final String EVENT =
            "{\"event_name\":\"bench.x\",\"payload\":{\"n\":123456,\"t\":1234567890123,\"pad\":\"" + "x".repeat(120)
                    + "\"}}";

    private final PublishLimits limits = new PublishLimits(1 << 20, 4 << 20, 16 << 10, 100);
    private final byte[] one = EVENT.getBytes(StandardCharsets.US_ASCII);
    private final byte[] batch =
            ("[" + (EVENT + ",").repeat(BATCH - 1) + EVENT + "]").getBytes(StandardCharsets.US_ASCII);

    @Benchmark
    public Object parseOne() {
        return PublishRequest.parse(one, PublishFormat.JSON, HttpFields.EMPTY, limits);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Object parseBatchOf100() {
        return PublishRequest.parse(batch, PublishFormat.JSON, HttpFields.EMPTY, limits);
    }
}
