package local

// Refusal is what a node answers where it does not do what was asked.
type Refusal struct {
	Code    string `json:"code"` // one of the constants below
	Message string `json:"message"`
}

// Error gives the node's words.
func (r *Refusal) Error() string { return r.Message }

// Why a node refuses.
const (
	// CodeBadRequest: what was asked cannot be understood.
	CodeBadRequest = "bad_request"
	// CodeView: there is no PIN file, so the page only shows.
	CodeView = "view"
	// CodePINNeeded: first give the PIN.
	CodePINNeeded = "pin_needed"
	// CodePINWrong: the PIN is wrong, or was tried before the wait was over.
	CodePINWrong = "pin_wrong"
	// CodeRefused: what was asked is understood and makes no sense, such as a
	// correction for a sensor that there is not.
	CodeRefused = "refused"
	// CodeBusy: it is being done already.
	CodeBusy = "busy"
	// CodeFailed: it was tried and failed.
	CodeFailed = "failed"
)

var _ error = (*Refusal)(nil)
