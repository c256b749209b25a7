package io.eventhandler.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** What a class logs, from DEBUG on, while this is open. Other tests may log through the same class meanwhile. */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Logger logger;
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

    private LogCapture(Logger logger) {
        this.logger = logger;
    }

    /** Listens to this class's logger. */
    public static LogCapture of(Class<?> logging) {
        return of(logging.getName());
    }

    /** Listens to the logger of this name. */
    public static LogCapture of(String logging) {
        var capture = new LogCapture((Logger) LoggerFactory.getLogger(logging));
        capture.start();
        synchronized (LogCapture.class) {
            capture.logger.setLevel(Level.DEBUG);
            capture.logger.setAdditive(false);
            capture.logger.addAppender(capture);
        }
        return capture;
    }

    @Override
    protected void append(ILoggingEvent event) {
        events.add(event);
    }

    /** Each line that contains this, as its level, its message and its pairs. */
    public List<String> lines(String text) {
        return events.stream()
                .map(event -> Stream.concat(
                                Stream.of(event.getLevel() + " " + event.getFormattedMessage()),
                                event.getKeyValuePairs() == null
                                        ? Stream.of()
                                        : event.getKeyValuePairs().stream().map(pair -> pair.key + "=" + pair.value))
                        .collect(Collectors.joining(" ")))
                .filter(line -> line.contains(text))
                .toList();
    }

    @Override
    public void close() {
        synchronized (LogCapture.class) {
            logger.detachAppender(this);
            if (!logger.iteratorForAppenders().hasNext()) {
                logger.setLevel(null);
                logger.setAdditive(true);
            }
        }
    }
}
