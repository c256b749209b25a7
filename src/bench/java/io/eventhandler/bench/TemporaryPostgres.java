package io.eventhandler.bench;

import io.eventhandler.postgres.DatabaseUrl;
import io.eventhandler.postgres.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;

/** An embedded PostgreSQL whose data is removed at the end. */
final class TemporaryPostgres implements AutoCloseable {

    private final Path directory;
    private final EmbeddedPostgres postgres;

    TemporaryPostgres() throws IOException {
        directory = Files.createTempDirectory("event-handler-bench-");
        postgres = new EmbeddedPostgres(directory.resolve("postgres"));
        postgres.start();
    }

    DatabaseUrl url() {
        return postgres.url();
    }

    Path data() {
        return postgres.data();
    }

    @Override
    public void close() throws IOException {
        postgres.stop();
        FileUtils.deleteDirectory(directory.toFile());
    }
}
