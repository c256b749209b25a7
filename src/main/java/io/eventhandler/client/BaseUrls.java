package io.eventhandler.client;

import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The addresses of one service, of which the next one is used when one does not answer. Thread-safe. */
final class BaseUrls {

    private final List<String> urls;
    private final AtomicInteger current = new AtomicInteger();

    /**
     * @throws IllegalArgumentException when there is none, or one is no address
     */
    BaseUrls(List<URI> urls) {
        if (urls.isEmpty()) {
            throw new IllegalArgumentException(
                    "an EventClient needs the address of a service, such as http://event-handler-service");
        }
        for (URI url : urls) {
            boolean isHttp = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (!isHttp || url.getHost() == null || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new IllegalArgumentException(
                        "'%s' is not an address such as http://event-handler-service".formatted(url));
            }
        }
        this.urls =
                urls.stream().map(url -> url.toString().replaceAll("/+$", "")).toList();
    }

    int count() {
        return urls.size();
    }

    /** The one to use now. */
    String current() {
        return urls.get(current.get());
    }

    /** This one does not answer: the next one is to be used, unless that has been decided already. */
    void failed(String url) {
        int index = current.get();
        if (urls.get(index).equals(url)) {
            current.compareAndSet(index, (index + 1) % urls.size());
        }
    }
}
