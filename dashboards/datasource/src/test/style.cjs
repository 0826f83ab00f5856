module.exports = {} // for style sheets, which tests need none of
