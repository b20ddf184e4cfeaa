/** simple-peer wraps received bytes in a Node buffer; bytes they are as well. */
exports.Buffer = { from: (bytes) => new Uint8Array(bytes) }
