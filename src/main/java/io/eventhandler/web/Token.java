package io.eventhandler.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A token as it is kept: its SHA-256, which is enough to know it again and to nobody of use. Immutable. */
public final class Token {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_BYTES = 32;

    private final byte[] hash;

    private Token(byte[] hash) {
        this.hash = hash;
    }

    /** Of this text. */
    public static Token of(String text) {
        try {
            return new Token(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Whose SHA-256 this is. */
    public static Token ofHash(byte[] hash) {
        return new Token(hash.clone());
    }

    /** A text that nobody guesses: 256 random bits in base64url, 43 characters. */
    public static String random() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** A copy of the SHA-256. */
    public byte[] hash() {
        return hash.clone();
    }

    /** Takes the same time wherever they differ. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Token token && MessageDigest.isEqual(hash, token.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash);
    }

    @Override
    public String toString() {
        return "a token";
    }
}
