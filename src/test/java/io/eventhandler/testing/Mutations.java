package io.eventhandler.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Inputs made from valid ones by chance: bits flipped, parts cut, repeated, exchanged, strange values put in. For one thread. */
public final class Mutations {

    private static final int MAX_BYTES = 200_000;
    private static final int MAX_STEPS = 6;

    private static final List<byte[]> STRANGE = List.of(
                    "\"",
                    "'",
                    "\\",
                    "\\\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    "{}",
                    "[]",
                    ",",
                    ":",
                    ";",
                    "=",
                    "&",
                    "?",
                    "#",
                    "/",
                    "//",
                    "@",
                    "%",
                    "%00",
                    "%zz",
                    "%ff",
                    "%2e%2e",
                    "+",
                    "-",
                    "--",
                    "*",
                    ">",
                    ".",
                    "..",
                    "a.b",
                    "a.*",
                    "a.>",
                    "$",
                    "${",
                    "${A:-",
                    "`",
                    "|",
                    "<",
                    "(",
                    ")",
                    "\0",
                    "\1",
                    "\7",
                    "\t",
                    " ",
                    "\n",
                    "\r",
                    "\r\n",
                    "\r\n\r\n",
                    "\u007f",
                    "\u0085",
                    "\u00e4",
                    "\u2028",
                    "\ufeff",
                    "\ufffe",
                    "\ud83d\ude00",
                    "\\u0000",
                    "\\ud800",
                    "\\udc00",
                    "\\n",
                    "0",
                    "-1",
                    "00",
                    "1.5",
                    "1e999999",
                    "-0",
                    "2147483648",
                    "9223372036854775807",
                    "9223372036854775808",
                    "99999999999999999999999999",
                    "NaN",
                    "null",
                    "true",
                    "false",
                    "\"\"",
                    "application/json",
                    "gzip",
                    "chunked",
                    "utf-16",
                    "Bearer ",
                    "eventhandler.",
                    "none")
            .stream()
            .map(text -> text.getBytes(UTF_8))
            .toList();

    private static final List<byte[]> NO_UTF8 = List.of(
            bytes(0xff), bytes(0xc0, 0x80), bytes(0xed, 0xa0, 0x80), bytes(0xf4, 0x90, 0x80, 0x80), bytes(0xc3));

    private final Random random;
    private final List<byte[]> samples;

    /**
     * @param seed the same makes the same
     */
    public Mutations(long seed, List<byte[]> samples) {
        this.random = new Random(seed);
        this.samples = List.copyOf(samples);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    /** Chance itself, for what else is chosen. */
    public Random random() {
        return random;
    }

    /** The next input, rarely a sample as it is. */
    public byte[] next() {
        byte[] input = any(samples);
        for (int steps = random.nextInt(MAX_STEPS + 1); steps > 0; steps--) {
            input = step(input);
        }
        return input.length <= MAX_BYTES ? input : Arrays.copyOf(input, MAX_BYTES);
    }

    private byte[] step(byte[] input) {
        int from = random.nextInt(input.length + 1);
        int to = Math.min(input.length, from + 1 + length());
        byte[] part = Arrays.copyOfRange(input, from, to);
        return switch (random.nextInt(10)) {
            case 0 -> flip(input);
            case 1 -> replace(input, from, to, new byte[0]);
            case 2 -> Arrays.copyOf(input, from);
            case 3 -> replace(input, to, to, part);
            case 4 -> replace(input, from, to, repeat(part));
            case 5 -> replace(input, from, from, any(STRANGE));
            case 6 -> replace(input, from, to, any(STRANGE));
            case 7 -> replace(input, from, Math.min(input.length, from + 1), any(NO_UTF8));
            case 8 -> splice(input, from, any(samples));
            default -> replace(input, from, from, repeat(any(STRANGE)));
        };
    }

    /** Mostly short. */
    private int length() {
        return random.nextInt(random.nextInt(10) == 0 ? 1_000 : 8);
    }

    private byte[] repeat(byte[] part) {
        int times = random.nextInt(50) == 0 ? 20_000 : 1 + random.nextInt(40);
        var repeated = new ByteArrayOutputStream();
        for (int i = 0; i < times && repeated.size() < MAX_BYTES; i++) {
            repeated.writeBytes(part);
        }
        return repeated.toByteArray();
    }

    private byte[] flip(byte[] input) {
        byte[] flipped = input.clone();
        if (flipped.length > 0) {
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    private byte[] splice(byte[] input, int from, byte[] other) {
        int start = random.nextInt(other.length + 1);
        return replace(input, from, input.length, Arrays.copyOfRange(other, start, other.length));
    }

    private static byte[] replace(byte[] input, int from, int to, byte[] by) {
        byte[] result = new byte[input.length - (to - from) + by.length];
        System.arraycopy(input, 0, result, 0, from);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(input, to, result, from + by.length, input.length - to);
        return result;
    }

    private byte[] any(List<byte[]> some) {
        return some.get(random.nextInt(some.size()));
    }
}
