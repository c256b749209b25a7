package io.eventhandler.service;

/** Writes metrics as Prometheus reads them (text format 0.0.4). Not thread-safe. */
final class MetricsText {

    private final StringBuilder text = new StringBuilder();

    /** What only grows. */
    void counter(String name, String help, long value) {
        metric(name + "_total", "counter", help, value);
    }

    /** What grows and shrinks. */
    void gauge(String name, String help, long value) {
        metric(name, "gauge", help, value);
    }

    private void metric(String name, String type, String help, long value) {
        text.append("# HELP %1$s %3$s\n# TYPE %1$s %2$s\n%1$s %4$d\n".formatted(name, type, help, value));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
