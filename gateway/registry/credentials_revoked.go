package registry

import "context"

// RevokedCertificates returns every certificate that was revoked and would be
// valid without that.
func (r *Registry) RevokedCertificates(ctx context.Context) ([]Certificate, error) {
	return r.certificates(ctx, `WHERE revoked != 0 AND not_after > ? ORDER BY serial`, ms(r.opt.Now()))
}
