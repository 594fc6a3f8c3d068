/* TLS of a port by OpenSSL; without its headers at the build there is none. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef ONEBOOK_TLS
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

enum { HAS_TLS = 1 };

/* Those of TLS 1.2 that HTTP/2 does not forbid (RFC 9113, appendix A); those of TLS 1.3 are all good. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static int no_password(char *into, int size, int writing, void *user) {
    (void)into, (void)size, (void)writing, (void)user;
    return -1;
}

/* The protocol is HTTP/2: whoever offers others alone is refused, and whoever offers none is taken at his word. */
static int choose_protocol(
    SSL *ssl, const unsigned char **chosen, unsigned char *size, const unsigned char *offered, unsigned int length,
    void *user
) {
    (void)ssl, (void)user;
    static const unsigned char ours[] = "\x02h2";
    int found = SSL_select_next_proto((unsigned char **)chosen, size, ours, sizeof ours - 1, offered, length);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool use_chain(SSL_CTX *context, BIO *pem) {
    X509 *own = PEM_read_bio_X509_AUX(pem, NULL, no_password, NULL), *next;
    if (own == NULL)
        return false;
    bool good = SSL_CTX_use_certificate(context, own) == 1;
    X509_free(own);
    while (good && (next = PEM_read_bio_X509(pem, NULL, no_password, NULL)) != NULL)
        good = SSL_CTX_add0_chain_cert(context, next) == 1;
    ERR_clear_error(); /* the end of the file is one */
    return good;
}

static bool use_key(SSL_CTX *context, BIO *pem) {
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_password, NULL);
    bool good = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    return good;
}

static bool use_authority(SSL_CTX *context, BIO *pem) {
    X509 *next;
    bool good = false;
    while ((next = PEM_read_bio_X509(pem, NULL, no_password, NULL)) != NULL) {
        good = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next) == 1 &&
               SSL_CTX_add_client_CA(context, next) == 1;
        X509_free(next);
        if (!good)
            return false;
    }
    ERR_clear_error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return good;
}

/* A context from PEM texts; with an authority, only clients whose certificate it signed are accepted. NULL: they are no
 * PEM, or do not belong together. */
static SSL_CTX *tls_context(const void *chain, size_t chain_size, const void *key, size_t key_size, const void *authority,
                            size_t authority_size) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *parts[3] = {BIO_new_mem_buf(chain, (int)chain_size), BIO_new_mem_buf(key, (int)key_size),
                     BIO_new_mem_buf(authority, (int)authority_size)};
    bool good = context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
                SSL_CTX_set_cipher_list(context, CIPHERS) && use_chain(context, parts[0]) && use_key(context, parts[1]) &&
                (!authority_size || use_authority(context, parts[2]));
    for (int i = 0; i < 3; i++)
        BIO_free(parts[i]);
    if (!good) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"onebook", 7);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return context;
}

static SSL *tls_open(SSL_CTX *context, int fd) {
    SSL *made = SSL_new(context);
    if (made != NULL) {
        SSL_set_fd(made, fd);
        SSL_set_accept_state(made);
    }
    return made;
}

/* As recv() and send(): -1 with EAGAIN where nothing can be done now, with EPROTO where TLS has failed. `reads` says that
 * the client has to speak first. */
static ssize_t tls_result(SSL *ssl, int got, bool *reads) {
    if (got > 0)
        return got;
    int error = SSL_get_error(ssl, got);
    *reads = error == SSL_ERROR_WANT_READ;
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

static ssize_t tls_read(SSL *ssl, void *into, size_t room, bool *reads) {
    ERR_clear_error();
    return tls_result(ssl, SSL_read(ssl, into, (int)room), reads);
}

static ssize_t tls_write(SSL *ssl, const void *data, size_t size, bool *reads) {
    ERR_clear_error();
    return tls_result(ssl, SSL_write(ssl, data, (int)(size > 1 << 20 ? 1 << 20 : size)), reads);
}

/* Why TLS has failed, in OpenSSL's words; NULL: the client has gone. */
static const char *tls_words(void) { return ERR_reason_error_string(ERR_peek_last_error()); }

#else

enum { HAS_TLS = 0 };
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

static SSL_CTX *tls_context(const void *chain, size_t chain_size, const void *key, size_t key_size, const void *authority,
                            size_t authority_size) {
    (void)chain, (void)chain_size, (void)key, (void)key_size, (void)authority, (void)authority_size;
    return NULL;
}
static SSL *tls_open(SSL_CTX *context, int fd) { return (void)context, (void)fd, NULL; }
static ssize_t tls_read(SSL *ssl, void *into, size_t room, bool *reads) {
    return (void)ssl, (void)into, (void)room, (void)reads, -1;
}
static ssize_t tls_write(SSL *ssl, const void *data, size_t size, bool *reads) {
    return (void)ssl, (void)data, (void)size, (void)reads, -1;
}
static const char *tls_words(void) { return NULL; }
static int SSL_pending(const SSL *ssl) { return (void)ssl, 0; }
static int SSL_is_init_finished(const SSL *ssl) { return (void)ssl, 1; }
static void SSL_free(SSL *ssl) { (void)ssl; }
static void SSL_CTX_free(SSL_CTX *context) { (void)context; }
#endif
