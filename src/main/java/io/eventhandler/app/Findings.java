package io.eventhandler.app;

import io.eventhandler.json.Excerpt;
import java.io.PrintStream;

/** What a check has found: a line each, written at once. For one thread. */
final class Findings {

    private static final int MAX_LENGTH = 1_000;

    private final PrintStream out;
    private boolean failed;

    Findings(PrintStream out) {
        this.out = out;
    }

    /** It is as it should be. */
    void ok(String what, String finding) {
        line("ok   ", what, finding);
    }

    /**
     * It works, with something to know.
     *
     * @param remedy what to do about it
     */
    void warn(String what, String finding, String remedy) {
        line("warn ", what, finding + ": " + remedy);
    }

    /**
     * It doesn't work.
     *
     * @param remedy what to do about it
     */
    void fail(String what, String finding, String remedy) {
        failed = true;
        line("fail ", what, finding + ": " + remedy);
    }

    /** Whether anything doesn't work. */
    boolean failed() {
        return failed;
    }

    private void line(String level, String what, String text) {
        out.println(level + what + ": " + Excerpt.of(text.strip().replaceAll("\\s*\\R\\s*", " "), MAX_LENGTH));
    }
}
