package io.eventhandler.bench;

import java.util.ArrayList;
import java.util.List;

/** The results, as a markdown table; says meanwhile what is being measured. */
final class Table {

    private final List<String> rows = new ArrayList<>();

    void progress(String measure) {
        System.out.println("measuring: " + measure + " …");
    }

    void row(String measure, String result, String ratio) {
        rows.add("| %s | %s | %s |".formatted(measure, result, ratio));
    }

    void row(String measure, String result) {
        row(measure, result, "");
    }

    void print() {
        System.out.println("\n| measure | result | ratio |\n|---|---|---|");
        rows.forEach(System.out::println);
    }

    static String times(double value, double reference) {
        return "%.2f ×".formatted(value / reference);
    }
}
