/** simple-peer's debug lines hold SDP and addresses, which never reach a log here. */
module.exports = () => () => {}
