package io.eventhandler.web;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A certificate with its chain and its private key, which have been found to belong together. Immutable.
 *
 * @param chain the server's own certificate first, each issued by the next one
 */
record ServerCertificate(List<X509Certificate> chain, PrivateKey key) {

    /** RFC 7468, and the headers of older encrypted keys. */
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION = {2, 1, 0};

    /** What these files had in them; a fault names what is wrong. */
    static ServerCertificate of(TlsFiles files, TlsFiles.Content content) throws TlsFault {
        List<X509Certificate> chain = chain(files, content.certificate());
        PublicKey publicKey = chain.getFirst().getPublicKey();
        PrivateKey key = key(files, content.key(), publicKey);
        if (!belongTogether(key, publicKey)) {
            throw keyFault(
                    "'%s' is not the key of the certificate in '%s'".formatted(files.key(), files.certificate()));
        }
        return new ServerCertificate(chain, key);
    }

    private static List<X509Certificate> chain(TlsFiles files, String text) throws TlsFault {
        List<X509Certificate> chain = new ArrayList<>();
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            if (pem.group(1).equals("CERTIFICATE")) {
                chain.add(certificate(files, pem.group(2), chain.size() + 1));
            }
        }
        if (chain.isEmpty()) {
            throw new TlsFault(TlsFiles.CERTIFICATE, "'%s' has no certificate in PEM".formatted(files.certificate()));
        }
        for (int i = 1; i < chain.size(); i++) {
            if (!chain.get(i - 1).getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal())) {
                throw new TlsFault(
                        TlsFiles.CERTIFICATE,
                        "certificate %d of '%s' is not of the issuer of the one before it: the server's own comes first, then the chain"
                                .formatted(i + 1, files.certificate()));
            }
        }
        return List.copyOf(chain);
    }

    private static X509Certificate certificate(TlsFiles files, String base64, int number) throws TlsFault {
        try {
            Certificate certificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Base64.getMimeDecoder().decode(base64)));
            return (X509Certificate) certificate;
        } catch (CertificateException | IllegalArgumentException e) {
            throw new TlsFault(
                    TlsFiles.CERTIFICATE, "certificate %d of '%s' is broken".formatted(number, files.certificate()), e);
        }
    }

    private static PrivateKey key(TlsFiles files, String text, PublicKey publicKey) throws TlsFault {
        Matcher pem = PEM.matcher(text);
        while (pem.find()) {
            String kind = pem.group(1);
            if (kind.startsWith("ENCRYPTED") || pem.group(2).contains("ENCRYPTED")) {
                throw keyFault("'%s' is encrypted; decrypt it: openssl pkcs8 -topk8 -nocrypt -in %1$s -out tls.key"
                        .formatted(files.key()));
            }
            if (kind.endsWith("PRIVATE KEY")) {
                return key(files, kind, pem.group(2), publicKey);
            }
        }
        throw keyFault("'%s' has no private key in PEM".formatted(files.key()));
    }

    private static PrivateKey key(TlsFiles files, String kind, String base64, PublicKey publicKey) throws TlsFault {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            byte[] pkcs8 = kind.equals("PRIVATE KEY") ? der : pkcs8(der, publicKey);
            return KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new TlsFault(
                    TlsFiles.KEY,
                    "'%s' has no key for a certificate of the algorithm %s"
                            .formatted(files.key(), publicKey.getAlgorithm()),
                    e);
        }
    }

    /**
     * Wraps a key of the older forms PKCS#1 (RSA) and SEC 1 (EC), which don't say what they are for (RFC 5208, section 5):
     * the certificate does.
     */
    private static byte[] pkcs8(byte[] key, PublicKey publicKey) {
        return der(SEQUENCE, VERSION, algorithm(publicKey.getEncoded()), der(OCTET_STRING, key));
    }

    /** The first element of a SubjectPublicKeyInfo (RFC 5280, section 4.1). */
    private static byte[] algorithm(byte[] publicKeyInfo) {
        int start = contentStart(publicKeyInfo, 0);
        int content = contentStart(publicKeyInfo, start);
        byte[] algorithm = new byte[content - start + publicKeyInfo[start + 1]]; // it is shorter than 128 bytes
        System.arraycopy(publicKeyInfo, start, algorithm, 0, algorithm.length);
        return algorithm;
    }

    private static int contentStart(byte[] der, int element) {
        int length = der[element + 1];
        return element + 2 + (length < 0 ? length & 0x7f : 0);
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        var all = new ByteArrayOutputStream();
        all.write(tag);
        if (length < 0x80) {
            all.write(length);
        } else {
            all.write(0x82);
            all.write(length >> 8);
            all.write(length);
        }
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
        String algorithm = switch (publicKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> publicKey.getAlgorithm();
        };
        byte[] text = "any".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // of another curve
        }
    }

    private static TlsFault keyFault(String reason) {
        return new TlsFault(TlsFiles.KEY, reason);
    }
}
