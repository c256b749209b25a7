package io.eventhandler.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Isolated("it reads or configures what the whole process logs")
class LoggingTest {

    private static final Logger LOG = LoggerFactory.getLogger("io.eventhandler.logging.example");

    @AfterEach
    void restore() throws Exception {
        var context = (ch.qos.logback.classic.LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        var configurator = new ch.qos.logback.classic.joran.JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Path.of("src/test/resources/logback-test.xml").toFile());
    }

    private static List<String> lines(LogFormat format) {
        var output = new ByteArrayOutputStream();
        Logging.configure(format, Level.INFO, output);
        LOG.atInfo()
                .addKeyValue("size", 7)
                .addKeyValue("name", "a \"b\"\nforged")
                .log("hello\tworld");
        LOG.debug("too fine");
        LOG.error("broken", new IllegalStateException("why"));
        await().until(() -> output.toString(StandardCharsets.UTF_8).contains("IllegalStateException"));
        return output.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void writesOneJsonObjectPerLine() {
        List<String> lines = lines(LogFormat.JSON);
        assertThat(lines).hasSize(2);
        JsonNode first = new JsonMapper().readTree(lines.get(0));
        assertThat(first.get("level").stringValue()).isEqualTo("INFO");
        assertThat(first.get("logger").stringValue()).isEqualTo("example");
        assertThat(first.get("message").stringValue()).isEqualTo("hello\tworld");
        assertThat(first.get("size").intValue()).isEqualTo(7);
        assertThat(first.get("name").stringValue()).isEqualTo("a \"b\"\nforged");
        assertThat(new JsonMapper().readTree(lines.get(1)).get("exception").stringValue())
                .contains("why");
    }

    @Test
    void writesTextForPeopleThatNoValueCanForge() {
        List<String> lines = lines(LogFormat.TEXT);
        assertThat(lines.getFirst()).endsWith("INFO  example: hello\tworld size=7 name=\"a \\\"b\\\"\\nforged\"");
    }

    private static OutputStream stuckUntil(CountDownLatch unstuck, OutputStream output) {
        return new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    unstuck.await();
                    output.write(bytes, offset, length);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };
    }

    @Test
    void aStuckOutputStopsNobodyAndWhatIsDroppedIsSaid() {
        var output = new ByteArrayOutputStream();
        var unstuck = new CountDownLatch(1);
        Logging.configure(LogFormat.TEXT, Level.INFO, stuckUntil(unstuck, output));
        for (int n = 0; n < 30_000; n++) {
            LOG.info("line {}", n); // returns although nobody takes it
        }
        unstuck.countDown();
        await().until(() -> {
            LOG.info("is there room again?");
            return output.toString(StandardCharsets.UTF_8)
                    .contains("log lines were dropped: the output was too slow dropped=");
        });
    }

    @ParameterizedTest
    @EnumSource
    void noLineIsLongWhateverItIsToSay(LogFormat format) {
        var output = new ByteArrayOutputStream();
        Logging.configure(format, Level.INFO, output);
        String large = "x".repeat(1 << 16);
        Throwable deep = new IllegalStateException(large);
        for (int n = 0; n < 30; n++) {
            deep = new IllegalStateException(large, deep);
            deep.addSuppressed(new IllegalArgumentException(large));
        }
        LOG.atInfo().addKeyValue("value", large).setCause(deep).log(large);
        await().until(() -> output.toString(StandardCharsets.UTF_8).contains("and more causes"));
        assertThat(output.size()).isBetween(2_500, 150_000);
        assertThat(output.toString(StandardCharsets.UTF_8))
                .contains("x".repeat(499) + "…", "Suppressed: java.lang.IllegalArgumentException: xx", "Caused by: ");
    }

    @ParameterizedTest
    @EnumSource
    void aRecordThatCanNotBeWrittenIsSaidAndLeavesTheOthersAlone(LogFormat format) {
        var output = new ByteArrayOutputStream();
        Logging.configure(format, Level.INFO, output);
        LOG.info("before");
        LOG.atInfo()
                .addKeyValue("value", new Object() {
                    @Override
                    public String toString() {
                        throw new AssertionError("it has no text");
                    }
                })
                .log("broken");
        LOG.info("after");
        await().until(() -> output.toString(StandardCharsets.UTF_8).contains("it has no text"));
        assertThat(output.toString(StandardCharsets.UTF_8))
                .contains("before", "after", "a record of io.eventhandler.logging.example could not be written")
                .doesNotContain("broken");
    }

    @Test
    void goesOnWhenTheOutputFails() {
        var output = new ByteArrayOutputStream();
        var failing = new AtomicInteger(2);
        Logging.configure(LogFormat.TEXT, Level.INFO, new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (failing.getAndDecrement() > 0) {
                    throw new IOException("no space left");
                }
                output.write(bytes, offset, length);
            }
        });
        await().until(() -> {
            LOG.info("is it back?");
            return output.toString(StandardCharsets.UTF_8).contains("is it back?");
        });
    }

    @Test
    void whatWaitsToBeWrittenIsBoundedInBytes() {
        var output = new ByteArrayOutputStream();
        var unstuck = new CountDownLatch(1);
        Logging.configure(LogFormat.TEXT, Level.INFO, stuckUntil(unstuck, output));
        for (int n = 0; n < 3_000; n++) {
            LOG.atInfo().addKeyValue("value", "x".repeat(1 << 20)).log("large"); // more than the heap in all
        }
        unstuck.countDown();
        await().until(() -> {
            LOG.info("is there room again?");
            return output.toString(StandardCharsets.UTF_8).contains("log lines were dropped");
        });
    }
}
