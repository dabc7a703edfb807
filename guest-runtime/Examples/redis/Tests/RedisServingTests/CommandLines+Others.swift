// SPDX-License-Identifier: Apache-2.0

extension CommandLines {
  /// Hashes, sets, keys of the wrong kind, the connection, and messages.
  static let others = """
    # Hashes.
    HSET h a
    HSET h a 1 b
    HSET h a 1 b 2
    HSET h a 3 c 4
    HMSET h d 5
    HMSET h d
    HGET h a
    HGET h nofield
    HGET nokey a
    HMGET h a nofield b
    HMGET nokey a b
    HGETALL h
    HGETALL nokey
    HKEYS h
    HVALS h
    HLEN h
    HLEN nokey
    HEXISTS h a
    HEXISTS h nofield
    HEXISTS nokey a
    HINCRBY h a 5
    HINCRBY h new 5
    HINCRBY h a x
    HINCRBY h a 9223372036854775807
    HSET h text x
    HINCRBY h text 1
    HDEL h a nofield
    HDEL h b c d new text
    EXISTS h
    HDEL nokey a
    # Sets.
    SADD s 3 1 2
    SADD s 1 4
    SMEMBERS s
    SISMEMBER s 1
    SISMEMBER s 9
    SISMEMBER nokey 1
    SCARD s
    SCARD nokey
    SREM s 1 9
    SREM nokey 1
    SMEMBERS nokey
    SPOP nokey
    SPOP nokey 2
    SPOP s -1
    SPOP s x
    SPOP s 0
    SREM s 2 3 4
    EXISTS s
    # Of the wrong kind.
    SET str x
    RPUSH list x
    HSET hash a x
    SADD set x
    TYPE list
    TYPE hash
    TYPE set
    GET list
    APPEND hash x
    INCR set
    STRLEN list
    GETRANGE list 0 1
    GETSET list x
    GETDEL list
    SET list x GET
    LPUSH str x
    LPOP str
    LPOP str 1
    LRANGE hash 0 1
    LLEN set
    LINDEX str 0
    HSET str a b
    HGET list a
    HGETALL set
    HINCRBY str a 1
    HINCRBY str a x
    HLEN list
    HDEL str a
    SADD str x
    SREM list x
    SMEMBERS hash
    SISMEMBER str x
    SPOP str
    MGET str list hash
    SET list x
    GET list
    # The connection.
    CLIENT GETNAME
    CLIENT SETNAME me
    CLIENT GETNAME
    CLIENT SETNAME a\\nb
    CLIENT FOO
    CLIENT
    CONFIG GET save
    CONFIG GET appendonly
    CONFIG GET nothing
    CONFIG GET
    CONFIG FOO
    HELLO x
    HELLO 4
    INFO nothing
    RESET
    CLIENT GETNAME
    # Messages.
    PUBLISH c x
    SUBSCRIBE
    SUBSCRIBE c d
    SUBSCRIBE c
    PSUBSCRIBE p*
    GET a
    PUBLISH c x
    PING
    PING x
    UNSUBSCRIBE d
    UNSUBSCRIBE nothing
    UNSUBSCRIBE
    PUNSUBSCRIBE p*
    PUNSUBSCRIBE
    UNSUBSCRIBE
    GET a
    SUBSCRIBE c
    RESET
    PUBLISH c x
    """
}
