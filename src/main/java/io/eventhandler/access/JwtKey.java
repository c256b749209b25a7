package io.eventhandler.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key that signatures of JSON Web Tokens are checked with. Its kind decides on the algorithms, whatever a token says
 * (RFC 8725, section 3.1). Thread-safe.
 *
 * @param id null when it has none
 * @param algorithms that it can be used with
 */
record JwtKey(@Nullable String id, Set<JWSAlgorithm> algorithms, Check check) {

    /** Those of public keys. */
    static final Set<JWSAlgorithm> OF_PUBLIC_KEYS = inOrder(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.EdDSA,
            JWSAlgorithm.Ed25519);

    /** Those of secrets. */
    static final Set<JWSAlgorithm> OF_SECRETS = Set.of(JWSAlgorithm.HS256);

    /** RFC 7518, section 3.3. */
    private static final int MIN_RSA_BITS = 2048;

    /** Much longer ones are slow to check with. */
    private static final int MAX_RSA_BITS = 8192;

    private static final String ED25519 = "Ed25519";

    /** Precedes the 32 bytes of a public key in X.509 (RFC 8410, section 4). */
    private static final String ED25519_PREFIX = "302a300506032b6570032100";

    private static final int ED25519_BYTES = 32;

    /** Whether a signature is right. */
    @FunctionalInterface
    interface Check {
        boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException;
    }

    private static Set<JWSAlgorithm> inOrder(JWSAlgorithm... algorithms) {
        return java.util.Collections.unmodifiableSet(new LinkedHashSet<>(java.util.List.of(algorithms)));
    }

    /** Of a secret of 32 bytes at least. */
    static JwtKey of(byte[] secret) {
        try {
            return new JwtKey(null, OF_SECRETS, new MACVerifier(secret)::verify);
        } catch (JOSEException e) {
            throw new IllegalArgumentException("the secret is too short", e);
        }
    }

    /** Of a public key; null when it is none that is supported: too short, or of another kind. */
    static @Nullable JwtKey of(@Nullable String id, PublicKey key) {
        try {
            if (key instanceof RSAPublicKey rsa) {
                return of(id, rsa);
            }
            if (key instanceof ECPublicKey ec) {
                return of(id, ec);
            }
            return key instanceof EdECPublicKey ed
                            && ED25519.equals(ed.getParams().getName())
                    ? new JwtKey(
                            id,
                            inOrder(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519),
                            (header, signed, signature) -> verifyEd25519(key, signed, signature))
                    : null;
        } catch (JOSEException e) {
            return null;
        }
    }

    private static @Nullable JwtKey of(@Nullable String id, RSAPublicKey key) {
        int bits = key.getModulus().bitLength();
        return bits < MIN_RSA_BITS || bits > MAX_RSA_BITS
                ? null
                : new JwtKey(
                        id,
                        inOrder(JWSAlgorithm.RS256, JWSAlgorithm.RS384, JWSAlgorithm.RS512, JWSAlgorithm.PS256),
                        new RSASSAVerifier(key)::verify);
    }

    private static @Nullable JwtKey of(@Nullable String id, ECPublicKey key) throws JOSEException {
        Curve curve = Curve.forECParameterSpec(key.getParams());
        if (Curve.P_256.equals(curve)) {
            return new JwtKey(id, inOrder(JWSAlgorithm.ES256), new ECDSAVerifier(key)::verify);
        }
        return Curve.P_384.equals(curve)
                ? new JwtKey(id, inOrder(JWSAlgorithm.ES384), new ECDSAVerifier(key)::verify)
                : null;
    }

    /** By the JDK: the library leaves this curve to another one. */
    private static boolean verifyEd25519(PublicKey key, byte[] signed, Base64URL signature) {
        try {
            Signature verifier = Signature.getInstance(ED25519);
            verifier.initVerify(key);
            verifier.update(signed);
            return verifier.verify(signature.decode());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Of a JSON Web Key (RFC 7517); null when it is for something else, or none that is supported. */
    static @Nullable JwtKey of(JWK key) {
        boolean signs = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
        boolean verifies =
                key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY);
        if (!signs || !verifies) {
            return null;
        }
        try {
            PublicKey publicKey = publicKey(key);
            JwtKey found = publicKey == null ? null : of(key.getKeyID(), publicKey);
            return found == null || key.getAlgorithm() == null
                    ? found
                    : found.only(key.getAlgorithm().getName());
        } catch (JOSEException | GeneralSecurityException e) {
            return null;
        }
    }

    private static @Nullable PublicKey publicKey(JWK key) throws JOSEException, GeneralSecurityException {
        if (key instanceof RSAKey rsa) {
            return rsa.toPublicKey();
        }
        if (key instanceof ECKey ec) {
            return ec.toPublicKey();
        }
        return key instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())
                ? ed25519(pair.getDecodedX())
                : null;
    }

    private static @Nullable PublicKey ed25519(byte[] x) throws GeneralSecurityException {
        if (x.length != ED25519_BYTES) {
            return null;
        }
        String der = ED25519_PREFIX + HexFormat.of().formatHex(x);
        return KeyFactory.getInstance(ED25519)
                .generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(der)));
    }

    /** The same for this algorithm alone; null when it is none of its own. EdDSA has two names (RFC 9864). */
    private @Nullable JwtKey only(String algorithm) {
        JWSAlgorithm own = algorithm(algorithm);
        if (own == null) {
            return null;
        }
        return algorithms.contains(JWSAlgorithm.EdDSA) ? this : new JwtKey(id, Set.of(own), check);
    }

    /** The one of its algorithms that has this name, null for none. */
    private @Nullable JWSAlgorithm algorithm(String name) {
        return algorithms.stream()
                .filter(own -> own.getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Whether it can be used with the algorithm of this name. */
    boolean takes(String algorithm) {
        return algorithm(algorithm) != null;
    }

    /** Whether this is its signature of a text. */
    boolean verifies(String algorithm, byte[] signed, Base64URL signature) {
        JWSAlgorithm own = algorithm(algorithm);
        try {
            return own != null && check.verify(new JWSHeader(own), signed, signature);
        } catch (JOSEException e) {
            return false;
        }
    }
}
