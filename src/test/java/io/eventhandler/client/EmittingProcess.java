package io.eventhandler.client;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** A process that emits 0, 1, 2 … into a spool without end, from several threads, and writes each number when it is accepted. */
final class EmittingProcess {

    static final int THREADS = 4;

    private EmittingProcess() {}

    /**
     * @param arguments the service's address, the spool's directory, the first number, the source
     */
    public static void main(String[] arguments) throws Exception {
        EventClient client = EventClient.builder()
                .url(URI.create(arguments[0]))
                .source(arguments[3])
                .build();
        Spool spool = Spool.builder(client).directory(Path.of(arguments[1])).open();
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            int first = Integer.parseInt(arguments[2]) + i;
            threads[i] = Thread.ofVirtual().start(() -> emit(spool, first));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void emit(Spool spool, int first) {
        for (int n = first; true; n += THREADS) {
            spool.emit("number", n);
            System.out.println(n);
        }
    }

    static Process start(URI address, Path directory, int first, String source) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-classpath",
                        System.getProperty("java.class.path"),
                        EmittingProcess.class.getName(),
                        address.toString(),
                        directory.toString(),
                        String.valueOf(first),
                        source)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
