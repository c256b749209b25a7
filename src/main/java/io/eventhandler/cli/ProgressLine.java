package io.eventhandler.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Shows on a terminal how far a long command has come, in one line of standard error that is drawn anew. For one thread. */
final class ProgressLine implements AutoCloseable {

    private static final long INTERVAL_NANOS = 200_000_000;
    private static final int WIDTH = 20;
    private static final String CLEARED = "\r\u001b[K";

    private final PrintStream err;
    private final boolean isShown;
    private final long startNanos = System.nanoTime();
    private long drawnNanos = startNanos;
    private double before;

    /**
     * @param isWanted whether there is room for it, if standard error is a terminal
     */
    ProgressLine(PrintStream err, boolean isWanted) {
        this.err = err;
        this.isShown = isWanted && Terminal.ERROR.hasColours();
    }

    boolean isShown() {
        return isShown;
    }

    /** It begins with so much done already, which says nothing about the time that the rest takes. */
    void begin(double share) {
        before = share;
    }

    /**
     * @param count of the events since the beginning
     * @param share of all that is done, from 0 to 1; 0 when it is not known
     */
    void update(long count, double share) {
        long now = System.nanoTime();
        if (!isShown || now - drawnNanos < INTERVAL_NANOS) {
            return;
        }
        drawnNanos = now;
        double seconds = (now - startNanos) / 1e9;
        String rate = String.format(Locale.ROOT, "%,d events, %,.0f/s", count, count / seconds);
        if (share <= 0) {
            err.print(CLEARED + rate);
        } else {
            int done = (int) (Math.min(share, 1) * WIDTH);
            Duration left =
                    Duration.ofSeconds(Math.round(seconds * (1 - Math.min(share, 1)) / Math.max(share - before, 1e-9)));
            err.printf(
                    Locale.ROOT,
                    "%s[%s%s] %d %%, %s, %s left",
                    CLEARED,
                    "#".repeat(done),
                    ".".repeat(WIDTH - done),
                    (int) (Math.min(share, 1) * 100),
                    rate,
                    left.toHours() > 0
                            ? "%d h %d min".formatted(left.toHours(), left.toMinutesPart())
                            : left.toMinutes() > 0
                                    ? "%d min %d s".formatted(left.toMinutes(), left.toSecondsPart())
                                    : left.toSeconds() + " s");
        }
        err.flush();
    }

    /** Makes room for what is said next. */
    @Override
    public void close() {
        if (isShown) {
            err.print(CLEARED);
            err.flush();
        }
    }
}
