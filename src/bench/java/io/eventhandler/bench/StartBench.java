package io.eventhandler.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** From exec to ready, on a database that has its schema. */
final class StartBench {

    private static final int RUNS = 3;

    private StartBench() {}

    static void measure(Bench.Run run) throws IOException {
        median(run, "without the ahead-of-time cache", "-Xshare:auto");
        median(run, "with it", "-XX:AOTCache=" + AotCache.FILE);
    }

    private static void median(Bench.Run run, String how, String option) throws IOException {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            try (var service = new Service(run.url(), option)) {
                millis.add(service.startTime().toMillis());
            }
        }
        Collections.sort(millis);
        run.table().row("start to ready, packaged jar, " + how, "%,d ms".formatted(millis.get(RUNS / 2)));
    }
}
