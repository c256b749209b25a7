package io.eventhandler.testing;

import java.net.http.HttpRequest;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a replica says at /metrics, sample by sample: the name with its labels as they are printed, and the value. */
public record Scrape(Map<String, Double> samples) {

    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z]\\w*(?:\\{.*})?) (\\S+)$");

    /** Asks the replica now. */
    public static Scrape of(TestReplica replica) {
        String text = TestReplica.send(HttpRequest.newBuilder(replica.managementUri("/metrics")))
                .body();
        Map<String, Double> samples = new TreeMap<>();
        Matcher sample = SAMPLE.matcher(text);
        while (sample.find()) {
            String value = sample.group(2);
            samples.put(sample.group(1), value.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(value));
        }
        return new Scrape(samples);
    }

    /** The value of a sample that must be there. */
    public double get(String sample) {
        Double value = samples.get(sample);
        if (value == null) {
            throw new AssertionError("there is no %s among %s".formatted(sample, samples.keySet()));
        }
        return value;
    }
}
