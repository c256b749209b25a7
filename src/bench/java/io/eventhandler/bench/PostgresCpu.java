package io.eventhandler.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** The CPU time of an embedded PostgreSQL: of all its processes that live. */
final class PostgresCpu {

    private final ProcessHandle postmaster;

    PostgresCpu(Path data) throws IOException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
        postmaster = ProcessHandle.of(pid).orElseThrow();
    }

    Duration used() {
        return Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }
}
